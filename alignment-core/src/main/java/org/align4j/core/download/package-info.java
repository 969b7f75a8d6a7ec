/**
 * Files fetched over HTTP: continued after a break, checked against what was announced. Entry: {@link org.align4j.core.download.Download}.
 * Must not depend on any package but {@code error}, {@code files}, {@code stop} and {@code web}.
 */
@NullMarked
package org.align4j.core.download;

import org.jspecify.annotations.NullMarked;
