"""What style sheets and inline style make of an element: its size, and whether it is hidden."""
