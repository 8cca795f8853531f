# frozen_string_literal: true

# A TOML file as a tree of Hashes, and where in the file each of its keys stands.
#
# Used by FilterFile. The gem tomlrb reads it (doc/design/dependencies.md says why that one). It is
# required only here: who uses no filter file needs no gem.
require_relative "fault"
require_relative "toml_places"

module CodeTracer
  module Filter
    class Toml
      GEM = "tomlrb"
      AT = /\s*at line (\d+), column (\d+)\z/.freeze # since its version 3
      UNPLACED = "this is no TOML; expected [table], [[table]] or key = value"

      attr_reader :tree

      # Raises Fault.
      def initialize(text, path)
        @text, @path = text.dup.force_encoding(Encoding::UTF_8), path
        require_gem
        check_encoding
        parse
        @places = TomlPlaces.new(@text, path)
      end

      # `keys` is a path such as ["scope", "rules", 0, "exec"].
      def place_of_key(keys)
        found = @places.find(keys)
        found ? found.key : Place.new(@path, 1, 1)
      end

      def place_of_value(keys)
        found = @places.find(keys)
        found ? found.value : Place.new(@path, 1, 1)
      end

      private

      def require_gem
        require "rubygems" if CodeTracer.const_defined?(:Launcher) # which may go without
        require GEM
      rescue LoadError
        raise Fault, "#{@path}: filter files are read with the gem #{GEM}, which is not " \
                     "installed: gem install #{GEM} (on Debian: apt-get install ruby-#{GEM})"
      end

      def check_encoding
        return if @text.valid_encoding?

        valid = @text.each_line.take_while(&:valid_encoding?).size
        raise Fault.new("this line is not UTF-8", Place.new(@path, valid + 1, 1))
      end

      def parse
        @tree = Tomlrb.parse(@text)
      rescue Tomlrb::ParseError => e
        told = AT.match(e.message)
        raise Fault.new("TOML: #{told.pre_match}", place(told[1].to_i, told[2].to_i)) if told

        text = e.message.start_with?("\nparse error") ? UNPLACED : "TOML: #{e.message.strip}"
        raise Fault.new(text, place(first_wrong_line, nil))
      end

      # The line behind the longest beginning that is in order.
      def first_wrong_line
        lines = @text.lines
        (lines.size - 1).downto(1).find { |count| valid?(lines.first(count).join) }.to_i + 1
      end

      def valid?(text)
        Tomlrb.parse(text)
      rescue Tomlrb::ParseError
        false
      end

      def place(line, column)
        column ||= @text.lines[line - 1].to_s.index(/\S/).to_i + 1
        Place.new(@path, line, column)
      end
    end
  end
end
