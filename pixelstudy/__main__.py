"""``python -m pixelstudy``: the command."""

from pixelstudy.cli import main

if __name__ == "__main__":
    main()
