"""``python -m engine_service``."""

from engine_service.main import main

main()
