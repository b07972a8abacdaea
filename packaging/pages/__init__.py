"""The reference pages: what the program says of itself, laid out for man, for browsers and for the README."""
