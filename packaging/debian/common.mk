# What the rules of all Debian releases share.

# An upgrade never ends a rip: the running version goes on, and starts anew by itself when nothing is at work. What
# is optional is neither enabled nor started; it is stopped when the package is removed.
override_dh_installsystemd:
	dh_installsystemd --no-stop-on-upgrade --no-restart-after-upgrade engramd.service
	dh_installsystemd --no-enable --no-start --no-stop-on-upgrade \
		engramd-import.path engramd-metrics.timer engramd-mqtt.service

override_dh_installsystemduser:
	dh_installsystemduser --no-enable engramd-notify.service

# A native package has one changelog; CHANGELOG.md lies beside it.
override_dh_installchangelogs:
	dh_installchangelogs -XCHANGELOG.md

# postinst makes the folders: after the user, before the service.
override_dh_installtmpfiles:
