/**
 * What a server keeps: one SQLite database in its folder, begun by {@link org.align4j.serve.store.Store}. Knows no job, no file and no dialect;
 * they bring their statements, and the numbered migrations in the resources are their tables.
 */
@NullMarked
package org.align4j.serve.store;

import org.jspecify.annotations.NullMarked;
