"""Rasa graph components and the gateway channel.

Runs in the dialogue runtime (Python 3.10): imports only the standard library, rasa and `knowledge_base.text`.
"""
