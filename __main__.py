"""`python -m mmdata`: the same as the `mmdata` command."""

from mmdata.cli import main

if __name__ == "__main__":
    main()
