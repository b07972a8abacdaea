"""The pictures of the README: what engramctl prints in a real run, drawn as SVG."""
