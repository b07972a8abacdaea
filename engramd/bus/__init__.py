"""D-Bus: names, the published tree, who may do what, and a client; the only package that knows pydbus."""
