/**
 * The command {@code align doctor}: {@link org.align4j.core.cli.doctor.DoctorCommand}. Knows the doctor and nothing of training.
 */
@NullMarked
package org.align4j.core.cli.doctor;

import org.jspecify.annotations.NullMarked;
