package org.align4j.core.machine;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that compute on a GPU. They are skipped on a machine without one, and run on its CPU with {@code -Dalign4j.gpu.rehearse=cpu}, so
 * that the tests themselves are tested. {@link DeviceUnderTest} says which it is.
 */
@Tag("gpu")
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(GpuCondition.class)
public @interface OnGpu {}
