/**
 * What an examination leaves behind: {@link org.align4j.core.doctor.report.DoctorFiles} writes doctor.json, findings.jsonl and the
 * page, {@link org.align4j.core.doctor.report.CleanRows} the rows that stay and those that go.
 */
@NullMarked
package org.align4j.core.doctor.report;

import org.jspecify.annotations.NullMarked;
