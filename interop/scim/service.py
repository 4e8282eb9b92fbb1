# SPDX-License-Identifier: Apache-2.0
"""An HTTP client for a SCIM service, as the libraries of PyPI take it: nothing of what it sends or answers is changed."""

import httpx2


class Service(httpx2.Client):
    def __init__(self, url, token, origin):
        super().__init__(base_url=url, timeout=60, headers={"Authorization": "Bearer " + token, "X-Request-Origin": origin})
