/**
 * What the texts of rows look like: form ({@link org.align4j.core.doctor.text.Schema}), language, encoding, cut answers, and
 * what should not be learned by heart ({@link org.align4j.core.doctor.text.PersonalData}).
 */
@NullMarked
package org.align4j.core.doctor.text;

import org.jspecify.annotations.NullMarked;
