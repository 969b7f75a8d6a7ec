/**
 * A web server for one machine, begun by {@code LocalServer}: it listens on loopback unless configured otherwise, checks hosts and origins, bounds what
 * it reads, and streams events. It knows the core and no model, no method and no service that is mounted on it.
 */
@NullMarked
package org.align4j.web;

import org.jspecify.annotations.NullMarked;
