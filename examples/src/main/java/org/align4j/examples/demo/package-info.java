/** The demo: its data, its model, its command; entry {@link org.align4j.examples.demo.DemoData}. */
@NullMarked
package org.align4j.examples.demo;

import org.jspecify.annotations.NullMarked;
