"""`python -m vrgen` is `vrgen`."""

import sys

from vrgen.cli.main import main

sys.exit(main())
