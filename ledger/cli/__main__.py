"""`python -m ledger.cli` is `lodestone`."""

from ledger.cli.main import main

if __name__ == "__main__":
    main()
