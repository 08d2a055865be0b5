"""Given to pytest by `make test`: each of its processes gets a Redis database of its own, because
tests empty their cache."""

import os
import re

_redis = os.environ.get("REDIS_URL", "")
_number = re.search(r"\d+$", os.environ.get("PYTEST_XDIST_WORKER", ""))
if _redis and _number:
    os.environ["REDIS_URL"] = re.sub(r"/\d*$", f"/{int(_number[0]) + 1}", _redis)
