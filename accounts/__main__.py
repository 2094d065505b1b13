"""``python -m accounts``."""

from accounts.main import main

if __name__ == "__main__":
    main()
