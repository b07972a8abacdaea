/* The names of the daemon's bus interface. */

export const NAME = "org.engramd.Engram1";
export const ROOT = "/org/engramd/Engram1";

export const MANAGER = `${NAME}.Manager`;
export const SETTINGS = `${NAME}.Settings`;
export const DRIVE = `${NAME}.Drive`;
export const JOB = `${NAME}.Job`;
export const TITLE = `${NAME}.Title`;
export const REVIEW = `${NAME}.Review`;
export const OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager";
export const PROPERTIES = "org.freedesktop.DBus.Properties";

export const ERROR = `${NAME}.Error.`;
export const UNIT = "engramd.service";
