/**
 * The files of a server's clients, begun by {@link org.align4j.serve.files.StoredFiles}: their bytes lie below the server's folder under names that
 * this server gave, what is known of them in the {@link org.align4j.serve.store.Store}. Knows no dialect and no route.
 */
@NullMarked
package org.align4j.serve.files;

import org.jspecify.annotations.NullMarked;
