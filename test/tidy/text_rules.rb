# frozen_string_literal: true

# Rules for every text of the tree: its head, its width and length, its white space, its words.
#
# Each takes a Source and returns findings ("line: what").
module Tidy
  module TextRules
    LINE_CHARACTERS_MAX = 100
    HEAD_LINES = (3..8).freeze
    FILE_LINES_MAX = { ".c" => 600, ".h" => 600, ".rb" => 300, ".sh" => 300 }.freeze

    # Written so that this file does not break its own rule.
    PRIVATE_WORDS = Regexp.union(
      /\b(?:#{%w[clau\de anthro\pic open\ai chat\gpt co\pilot l\lm].join("|").delete("\\")})\b/i,
      /\b#{%w[language].first} model\b/i, /\bissue #?\d+/i, %r{(?<![\w.])/wo#{}rk/},
      /\bTO#{}DO\b/, /\bFIX#{}ME\b/
    )

    module_function

    def trailing_white_space(source)
      each_line(source) { |line| "white space at the end of the line" if line =~ /[ \t\r]\z/ }
    end

    def final_newline(source)
      return [] if source.text.empty? || source.text =~ /[^\n]\n\z/

      ["#{source.lines.size}: a file ends with one newline"]
    end

    def tabs(source)
      return [] if source.path.end_with?("Makefile", ".md")

      each_line(source) { |line| "a tab" if line.include?("\t") }
    end

    # A URL cannot be broken; a table of a document cannot either.
    def width(source)
      return [] if source.path.end_with?(".md", ".events", ".txt", "LICENSE")

      each_line(source) do |line|
        "#{line.size} columns" if line.size > LINE_CHARACTERS_MAX && !line.include?("://")
      end
    end

    def file_length(source)
      limit = FILE_LINES_MAX[source.shell? ? ".sh" : File.extname(source.path)]
      return [] if limit.nil? || source.lines.size <= limit

      ["1: #{source.lines.size} lines in a file, at most #{limit}"]
    end

    def private_words(source)
      each_line(source) { |line| "says #{Regexp.last_match(0)}" if line =~ PRIVATE_WORDS }
    end

    # What lies beside the checkout may be named by tests only.
    def outside_paths(source)
      return [] if source.path.start_with?("test/", "libctrace/test/", ".ci/")

      each_line(source) { |line| "names a folder outside of the tree" if line =~ %r{\.\./shared} }
    end

    def head_comment(source)
      count = source.c? ? c_head_count(source) : script_head_count(source)
      return [] if head_range(source).cover?(count)

      ["1: a head comment of #{count} lines, wanted #{head_range(source)}"]
    end

    # A .c file whose header tells the story may be brief, and so may a program that is recorded.
    # The header that draws a format is as long as the drawing, a public one may state a protocol.
    def head_range(source)
      return (3..60) if source.path.end_with?("_format.h")
      return (3..12) if source.path.start_with?("libctrace/include/")
      return (0..HEAD_LINES.end) if source.path =~ %r{\Atest/programs/.*/}

      brief = source.path =~ %r{\Atest/programs/} || (source.path.end_with?(".c") && header(source))
      brief ? (1..HEAD_LINES.end) : HEAD_LINES
    end

    # snapshot_scalar.c is told of by snapshot.h, spool_producer.c by the public spool.h.
    def header(source)
      words = File.basename(source.path, ".c").split("_")
      folders = [File.dirname(source.path), "libctrace/include/ctrace"]
      words.each_index.any? do |last|
        name = "#{words[0..last].join('_')}.h"
        folders.any? { |folder| File.exist?(File.join(ROOT, folder, name)) }
      end
    end

    def c_head_count(source)
      comment = source.text[%r{\A/\*.*?\*/}m]
      comment ? comment.lines.size : 0
    end

    def script_head_count(source)
      lines = source.lines.drop_while { |line| line =~ /\A#!|\A# frozen_string/ }
      lines.drop_while(&:empty?).take_while { |line| line.start_with?("#") }.size
    end

    def each_line(source)
      source.lines.each_with_index.map do |line, index|
        finding = yield line
        "#{index + 1}: #{finding}" if finding
      end.compact
    end
  end
end
