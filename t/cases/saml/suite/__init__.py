# SPDX-License-Identifier: Apache-2.0
"""The judge's cases. Each module registers its own; see registry.py for what a case is."""
