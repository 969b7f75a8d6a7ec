/**
 * Examines preference logs before an hour of training is spent on them: {@link org.align4j.core.doctor.Doctor} streams the rows
 * past its checks and tells, finding by finding, what is wrong and which rows show it. Each check is one class of a package
 * below. Must not depend on models, training or sessions.
 */
@NullMarked
package org.align4j.core.doctor;

import org.jspecify.annotations.NullMarked;
