/** The host of a URL, or of a host with a port or path behind it: scheme and user in front of it are left out. */
export const domainRegex =
  '^\\s*(?:(?:[A-Za-z][A-Za-z0-9+.-]*:)?//)?(?:[^/?#@\\s]*@)?(\\[[0-9A-Fa-f:.]+\\]|[^/?#:\\s]+)';
