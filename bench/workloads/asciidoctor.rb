# frozen_string_literal: true

# asciidoctor converts a document.
#
# Big objects with links to their parents. It is a workload of workloads.rb.
require_relative "workload"
require "asciidoctor"

SECTION = <<~SECTION
  == Part %<number>d

  A paragraph with *bold*, _italic_ and `code`, and a link to https://example.org[a page].

  . first
  . second
  ** deeper
  ** and deeper

  |===
  |name |price
  |thing |%<number>d
  |===

  [source,ruby]
  ----
  puts %<number>d
  ----

  NOTE: This is part %<number>d.
SECTION

text = +"= A Document\n:toc:\n\n"
(1..12).each { |number| text << format(SECTION, number: number) << "\n" }
Workload.run { Asciidoctor.convert(text, standalone: true).size }
