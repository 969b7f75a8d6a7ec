/**
 * The live page of a run, of a sweep or of a folder of runs: {@code align watch} and {@code --watch true} begin {@link
 * org.align4j.desk.watch.WatchPage}. It reads folders, and writes nothing into them but words of {@link org.align4j.core.stop.Control}.
 */
@NullMarked
package org.align4j.desk.watch;

import org.jspecify.annotations.NullMarked;
