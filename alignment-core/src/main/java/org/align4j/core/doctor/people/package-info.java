/**
 * Who judged, and whether that can be relied on: {@link org.align4j.core.doctor.people.Annotators}.
 */
@NullMarked
package org.align4j.core.doctor.people;

import org.jspecify.annotations.NullMarked;
