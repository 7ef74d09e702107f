// The version of troupe, as services and `troupe --version` give it. A test holds it against package.json.

export const VERSION = "0.1.0"
