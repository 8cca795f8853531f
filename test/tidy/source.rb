# frozen_string_literal: true

# One file of the source tree as the rules see it, and the list of all of them.
#
# Rules are functions from a Source to findings ("line: what"), so that a rule can be tried on a
# text that breaks it. The C parser is approximate: it knows the house style, which it enforces.
require "ripper"

module Tidy
  ROOT = File.expand_path("../..", __dir__)

  CFunction = Struct.new(:name, :line, :signature, :body, :line_count)

  class Source
    COMMENT_OR_TEXT = %r{/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'}m.freeze
    NOT_CONTROLLING = %w[if for while switch return sizeof].freeze

    attr_reader :path, :text

    def self.all
      command = %w[git ls-files -z --cached --others --exclude-standard]
      files = IO.popen(command, chdir: ROOT, &:read)
      raise "the list of files needs git and a checkout" if files.empty?

      files.split("\0").sort.select { |path| File.file?(File.join(ROOT, path)) }
           .map { |path| new(path, File.binread(File.join(ROOT, path)).force_encoding("UTF-8")) }
    end

    def initialize(path, text)
      @path = path
      @text = text
    end

    def c?
      path.end_with?(".c", ".h")
    end

    def ruby?
      path.end_with?(".rb", ".gemspec") || ruby_script?
    end

    def shell?
      path.end_with?(".sh") || text.start_with?("#!/bin/bash", "#!/bin/sh")
    end

    def text?
      text.valid_encoding? && !text.include?("\0")
    end

    def lines
      @lines ||= text.lines(chomp: true)
    end

    # The code with comments and literals blanked, line for line.
    def code_lines
      @code_lines ||= c? ? blank_c.lines(chomp: true) : lines
    end

    def functions
      @functions ||= c? ? c_functions : []
    end

    # Every identifier of the code with its line.
    def identifiers
      ruby? ? ruby_identifiers : c_identifiers
    end

    private

    def ruby_script?
      text.start_with?("#!/usr/bin/env ruby")
    end

    def blank_c
      text.gsub(COMMENT_OR_TEXT) { |found| found.gsub(/[^\n]/, " ") }
    end

    def c_identifiers
      code_lines.each_with_index.flat_map do |line, index|
        next [] if line.start_with?("#include")

        line.scan(/[A-Za-z_]\w*/).map { |name| [name, index + 1] }
      end
    end

    def ruby_identifiers
      kinds = %i[on_ident on_const on_ivar on_gvar on_cvar on_label]
      Ripper.lex(text).select { |token| kinds.include?(token[1]) }
            .map { |token| [token[2].delete("@$:?!="), token[0][0]] }
    end

    # House style: the name and both braces of a function stand in column 0.
    def c_functions
      opens = code_lines.each_index.select { |index| code_lines[index] == "{" }
      opens.map { |open| function(open) }.compact
    end

    def function(open)
      first = open
      first -= 1 while first.positive? && signature_line?(code_lines[first - 1])
      signature = code_lines[first...open].join("\n")
      name = signature[/^(\w+)\(/, 1] || signature[/(\w+)\s*\(/, 1]
      return if name.nil? || NOT_CONTROLLING.include?(name)

      close = (open...code_lines.size).find { |index| code_lines[index].start_with?("}") } || open
      CFunction.new(name, first + 1, signature, code_lines[(open + 1)...close], close - first + 1)
    end

    def signature_line?(line)
      !line.strip.empty? && !line.start_with?("#", "}") && !line.end_with?(";")
    end
  end
end
