"""The words both sides speak: envelope, event data, finding, alert, topics and the codec. Imports nothing of ours.

Every name here follows the contract; `python -m schemas.publish` writes the reference for other systems.
"""
