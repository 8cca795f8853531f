# frozen_string_literal: true

# Which files the program opens, reads, writes, closes, removes and lists: paths and sizes.
#
# Made by OutputCapture where files are recorded, told by the replaced methods. What RubyGems and
# Bundler do by themselves is left out, and so is the recorder's own work. Mirrors
# ext/codetracer_recorder/file_capture.c.
require_relative "core"
require_relative "replaced_files"

module CodeTracer
  module Pure
    class FileCapture
      WRITTEN = 1
      READ = 4
      LISTED = 6
      OPEN = 10
      PATH = Core.take(File, :path)
      FILENO = Core.take(IO, :fileno)
      VARIABLE = Core.take(Kernel, :instance_variable_get)
      FRAME_COUNT = 8 # how far up RubyGems is looked for
      PACKAGING = %r{/(?:rubygems|bundler)/}.freeze
      TEXT_SIZE_MAX = 4096

      # `recorder` nil: files are not recorded.
      def initialize(recorder)
        @recorder = recorder
      end

      # The path of an open File that is of interest, or nil.
      def path(io)
        return if @recorder.nil? || !(File === io)

        PATH.bind_call(io) if FILENO.bind_call(io) > 2 && wanted?
      rescue IOError
        nil # closed, or without a name
      end

      def opened(io)
        name = path(io)
        note(OPEN, "open", name) if name
      end

      def closed(name)
        note(OPEN, "close", name)
      end

      # What a method of an open File returned.
      def read(io, result)
        name = path(io)
        note(READ, "read", name, size_of(result)) if name
      end

      def written(io, size)
        name = path(io)
        note(WRITTEN, "write", name, size) if name && Integer === size
      end

      def whole_read(argument, result = nil)
        note(READ, "read", name_of(argument), size_of(result)) if wanted?
      end

      def whole_written(argument, result)
        note(WRITTEN, "write", name_of(argument), size_of(result)) if wanted?
      end

      def deleted(arguments)
        arguments.each { |argument| note(WRITTEN, "delete", name_of(argument)) } if wanted?
      end

      def renamed(from, to)
        note(WRITTEN, "rename", "#{name_of(from)} -> #{name_of(to)}") if wanted?
      end

      def made(what, argument)
        note(WRITTEN, what, name_of(argument)) if wanted?
      end

      def listed(argument)
        argument = argument.first if Array === argument && !argument.empty?
        note(LISTED, "list", name_of(argument)) if wanted?
      end

      private

      def wanted?
        !@recorder.nil? && !@recorder.lock.held_here? &&
          caller_locations(2, FRAME_COUNT).none? { |frame| PACKAGING.match?(frame.path.to_s) }
      end

      # A path as it was given; a Pathname's without asking it.
      def name_of(argument)
        return argument.b if String === argument

        name = VARIABLE.bind_call(argument, :@path)
        String === name ? name.b : "?".b
      end

      def size_of(result)
        case result
        when String then result.bytesize
        when Integer then result
        when Array then result.grep(String).sum(&:bytesize)
        end
      end

      def note(kind, what, name, size = nil)
        text = name.b.byteslice(0, TEXT_SIZE_MAX)
        @recorder.event(kind, what, size ? "#{text}: #{Text.decimal(size)} bytes" : text)
      end
    end
  end
end
