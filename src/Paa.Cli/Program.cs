Console.Error.WriteLine("paa: not built yet");
return 2;
