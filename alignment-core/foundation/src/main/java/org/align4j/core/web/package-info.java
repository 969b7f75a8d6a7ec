/**
 * HTTP calls that end, once or with patience, and the keys that go with them. Entry: {@link
 * org.align4j.core.web.WebClient}. Must not depend on any package but {@code error} and {@code stop}.
 *
 * <p>Files fetched over HTTP: continued after a break, checked against what was announced. Entry: {@link
 * org.align4j.core.web.Download}. Must not depend on any package but {@code error}, {@code files}, {@code stop} and
 * {@code web}.
 */
@NullMarked
package org.align4j.core.web;

import org.jspecify.annotations.NullMarked;
