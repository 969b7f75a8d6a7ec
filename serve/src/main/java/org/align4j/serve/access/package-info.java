/**
 * Who asks a server, begun by {@link org.align4j.serve.access.Access}: keys, their projects and what they may do. Knows no dialect, no file and no
 * job.
 */
@NullMarked
package org.align4j.serve.access;

import org.jspecify.annotations.NullMarked;
