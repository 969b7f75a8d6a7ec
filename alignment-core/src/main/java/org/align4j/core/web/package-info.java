/**
 * HTTP calls that end, once or with patience, and the keys that go with them. Entry: {@link org.align4j.core.web.WebClient}. Must not depend on any package but {@code error} and
 * {@code stop}.
 */
@NullMarked
package org.align4j.core.web;

import org.jspecify.annotations.NullMarked;
