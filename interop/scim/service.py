# SPDX-License-Identifier: Apache-2.0
"""
An HTTP client for a SCIM service, as the libraries of PyPI take it.

Braze's permissions nest deeper than a schema can say (RFC 7643 section 2.3.8), so that no library can make a model of them,
and values made up by a tester are refused: they name what the company must have. The rest of Braze's extension is read-only.
The libraries are shown a service whose users do not have that extension; everything else they see as it is.
"""

import json

import httpx2

DASHBOARD = "urn:braze:params:scim:schemas:extension:dashboard:2.0:User"


def without_dashboard(value):
    """The same JSON without the extension: in resources, in the resource type, and what of its schema is too deep."""
    if isinstance(value, list):
        return [without_dashboard(item) for item in value if item != DASHBOARD and item != {"schema": DASHBOARD, "required": False}]
    if not isinstance(value, dict):
        return value
    value = {name: without_dashboard(item) for name, item in value.items() if name != DASHBOARD}
    if value.get("id") == DASHBOARD:
        value["attributes"] = [item for item in value["attributes"] if item["name"] != "permissions"]
    return value


class Service(httpx2.Client):
    def __init__(self, url, token, origin):
        super().__init__(base_url=url, timeout=60, headers={"Authorization": "Bearer " + token, "X-Request-Origin": origin})

    def send(self, request, **options):
        response = super().send(request, **options)
        if not response.headers.get("content-type", "").startswith("application/scim+json"):
            return response
        headers = {name: text for name, text in response.headers.items() if name != "content-length"}
        body = json.dumps(without_dashboard(response.json())).encode()
        return httpx2.Response(response.status_code, headers=headers, content=body, request=request)
