/**
 * The static site of the book, its lessons and the Javadoc; entry {@link org.align4j.examples.site.SiteCommand}. It must not depend on models,
 * policies or methods: it reads what the repository or the zip carries.
 */
@NullMarked
package org.align4j.examples.site;

import org.jspecify.annotations.NullMarked;
