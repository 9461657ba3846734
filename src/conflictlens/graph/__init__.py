"""A conflict as a graph: who asks for what, as data; renderers draw it."""
