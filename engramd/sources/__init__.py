"""What others know about discs and works: HTTP clients with cache, limits and typed results.

Nothing here is asked unless a person enabled it; each client says in its docstring what it sends.
"""
