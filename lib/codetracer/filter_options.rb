# frozen_string_literal: true

# What the command line says of filters: which files, and the short forms.
#
# Part of RecordingOptions, read by Filter.rules. Order is kept: later rules override earlier ones.
module CodeTracer
  class FilterOptions
    FILE_FLAG = "--trace-filter"
    SHORT_FLAGS = %w[--only --skip --only-method --skip-method].freeze
    FLAGS = [FILE_FLAG, *SHORT_FLAGS].freeze
    AUTOMATIC_OFF = "--no-auto-filter"
    SEPARATOR = "::"

    # `filter_paths` in order; `short_forms` as [flag, pattern]; `environment` is the variable's
    # text or nil.
    attr_reader :filter_paths, :short_forms, :environment
    attr_writer :is_automatic

    def initialize(environment)
      @environment = environment["CODETRACER_TRACE_FILTER"]
      @filter_paths, @short_forms = [], []
      @is_automatic = true
    end

    def auto_filter?
      @is_automatic
    end

    def add(flag, value)
      return @filter_paths.concat(value.split(SEPARATOR)) if flag == FILE_FLAG

      @short_forms << [flag, value]
    end
  end
end
