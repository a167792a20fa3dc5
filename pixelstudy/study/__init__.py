"""The study itself: what it is about, its notebooks, and JupyterLab on them."""
