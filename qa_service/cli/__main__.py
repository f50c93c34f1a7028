"""Run the command line as `python -m qa_service.cli`."""

from qa_service.cli.app import main

if __name__ == "__main__":
    main()
