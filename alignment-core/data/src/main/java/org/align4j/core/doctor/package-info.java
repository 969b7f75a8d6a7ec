/**
 * Examines preference logs before an hour of training is spent on them: {@link org.align4j.core.doctor.Doctor} streams
 * the rows past its checks and says, finding by finding, what is wrong and which rows show it. Each check is one class
 * of a package below. Must not depend on models, training or sessions.
 *
 * <p>The checks for machines that share a log of many files: {@link org.align4j.core.doctor.SharedDoctor}. Knows parts of rows, and no cluster.
 *
 * <p>What a model could learn instead of quality, and how much there is to learn from: {@link
 * org.align4j.core.doctor.LengthBias}, {@link org.align4j.core.doctor.Shortcuts}, {@link
 * org.align4j.core.doctor.Position}, {@link org.align4j.core.doctor.Few}.
 *
 * <p>Rows that say what others say already: {@link org.align4j.core.doctor.ExactDuplicates}, {@link
 * org.align4j.core.doctor.NearDuplicates}, {@link org.align4j.core.doctor.IdenticalAnswers}, and
 * rows that are in another log too: {@link org.align4j.core.doctor.Overlap}.
 *
 * <p>What an examination leaves behind: {@link org.align4j.core.doctor.DoctorFiles} writes doctor.json,
 * findings.jsonl and the page, {@link org.align4j.core.doctor.CleanRows} the rows that stay and those that go.
 *
 * <p>What the texts of rows look like: form ({@link org.align4j.core.doctor.Schema}), language, encoding, cut
 * answers, and what should not be learned by heart ({@link org.align4j.core.doctor.PersonalData}).
 *
 * <p>What a model's template and tokenizer make of the rows: {@link org.align4j.core.doctor.ModelTexts}. Knows
 * tokenizers, but no weights.
 */
@NullMarked
package org.align4j.core.doctor;

import org.jspecify.annotations.NullMarked;
