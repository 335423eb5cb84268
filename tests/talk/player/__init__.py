# SPDX-License-Identifier: Apache-2.0
"""The conversation player: see ../README.md for the language, ../talk.py for the command."""
