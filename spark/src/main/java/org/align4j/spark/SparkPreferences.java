package org.align4j.spark;

import com.google.common.collect.Iterators;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.Preferences;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** Takes preferences from a {@code Dataset} of Apache Spark, for a Java program that trains where its driver is. Needs Spark SQL on the class path. */
public final class SparkPreferences {
    private static final List<String> COLUMNS = List.of("prompt", "chosen", "rejected");

    private SparkPreferences() {}

    /**
     * Takes the rows of a Dataset in its order. Nothing is computed now: a training writes them into its run, one by one, and the driver holds one
     * partition at a time.
     *
     * @param rows with the columns prompt, chosen and rejected, each a string or an array of structs of role and content. Further columns are
     *     what keys of a file's rows are: annotator, source, weight and so on; a null is a key that isn't there
     * @throws InputException where one of the three is missing or of another type, or a column is of a type that JSON doesn't have
     */
    public static Preferences of(Dataset<Row> rows) {
        requireSchema(rows.schema());
        return Preferences.streamed(() -> objects(rows));
    }

    private static Iterator<Map<String, ?>> objects(Dataset<Row> rows) {
        return Iterators.transform(rows.toLocalIterator(), SparkPreferences::object);
    }

    private static void requireSchema(StructType schema) {
        Map<String, DataType> types = new LinkedHashMap<>();
        for (StructField field : schema.fields()) {
            types.put(field.name(), field.dataType());
            if (!isJson(field.dataType())) {
                throw new InputException("The Dataset has a column " + field.name() + " of type "
                        + field.dataType().simpleString()
                        + ", which a row in JSON can't hold; leave it out by drop, or make a string of it.");
            }
        }
        for (String column : COLUMNS) {
            DataType type = types.get(column);
            if (type == null || !(type instanceof StringType || isMessages(type))) {
                throw new InputException("The Dataset has the columns " + Shortened.of(schema.simpleString())
                        + ", where " + column + (type == null ? " is missing" : " is " + type.simpleString())
                        + "; preferences need prompt, chosen and rejected, each a string or an array of structs with role and"
                        + " content as strings. Rename or make them by select.");
            }
        }
    }

    private static boolean isMessages(DataType type) {
        return type instanceof ArrayType array
                && array.elementType() instanceof StructType message
                && List.of("role", "content").stream().allMatch(name -> isText(message, name));
    }

    private static boolean isText(StructType struct, String name) {
        return List.of(struct.fieldNames()).contains(name) && struct.apply(name).dataType() instanceof StringType;
    }

    private static boolean isJson(DataType type) {
        if (type instanceof ArrayType array) {
            return isJson(array.elementType());
        }
        if (type instanceof MapType map) {
            return map.keyType() instanceof StringType && isJson(map.valueType());
        }
        if (type instanceof StructType struct) {
            return List.of(struct.fields()).stream().allMatch(field -> isJson(field.dataType()));
        }
        return type instanceof StringType
                || type instanceof NumericType
                || type instanceof BooleanType
                || type instanceof DateType
                || type instanceof TimestampType
                || type instanceof TimestampNTZType
                || type instanceof NullType;
    }

    private static Map<String, Object> object(Row row) {
        Map<String, Object> fields = new LinkedHashMap<>();
        String[] names = row.schema().fieldNames();
        for (int i = 0; i < names.length; i++) {
            Object value = row.isNullAt(i) ? null : json(row.get(i));
            if (value != null) {
                fields.put(names[i], value);
            }
        }
        return fields;
    }

    private static @Nullable Object json(@Nullable Object value) {
        if (value instanceof Row struct) {
            return object(struct);
        }
        if (value instanceof scala.collection.Seq<?> items) {
            List<@Nullable Object> list = new ArrayList<>();
            CollectionConverters.asJava(items).forEach(item -> list.add(json(item)));
            return list;
        }
        if (value instanceof scala.collection.Map<?, ?> entries) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            CollectionConverters.asJava(entries).forEach((key, item) -> map.put(String.valueOf(key), json(item)));
            return map;
        }
        if (value instanceof Timestamp time) {
            return time.toInstant().toString();
        }
        boolean dated = value instanceof Date
                || value instanceof Instant
                || value instanceof LocalDate
                || value instanceof LocalDateTime;
        return dated ? String.valueOf(value) : value;
    }
}
