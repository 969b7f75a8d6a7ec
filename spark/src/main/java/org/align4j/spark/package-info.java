/**
 * Training on more than one machine: Apache Spark's executors take the forwards of a step. {@link org.align4j.spark.SparkSource} connects a
 * training to a cluster; {@link org.align4j.spark.SliceTask} is what runs on an executor. {@link org.align4j.spark.SparkData} has files of rows
 * examined, divided and converted there; {@link org.align4j.spark.SparkPreferences} takes rows from a table. Knows no method: an executor finds it by the name of its command.
 */
@NullMarked
package org.align4j.spark;

import org.jspecify.annotations.NullMarked;
