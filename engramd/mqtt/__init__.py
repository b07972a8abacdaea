"""engramd-mqtt: drives, station and events on an MQTT broker, as Home Assistant discovers them."""
